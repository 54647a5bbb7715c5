import { tap } from '@push.rocks/tapbundle';
import { proxiedSmartProxy } from '../helpers/hosts/shapedhosts.js';
import { contract } from './contract.js';

contract(tap, proxiedSmartProxy);

export default tap.start({ throwOnError: true });
