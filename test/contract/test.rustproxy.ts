import { tap } from '@push.rocks/tapbundle';
import { rustProxy } from '../helpers/hosts/shapedhosts.js';
import { contract } from './contract.js';

contract(tap, rustProxy);

export default tap.start({ throwOnError: true });
