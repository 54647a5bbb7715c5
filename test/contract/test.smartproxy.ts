import { tap } from '@push.rocks/tapbundle';
import { smartProxy } from '../helpers/hosts/shapedhosts.js';
import { contract } from './contract.js';

contract(tap, smartProxy);

export default tap.start({ throwOnError: true });
